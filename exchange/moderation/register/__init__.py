"""The register: every act of the moderators, for them to search and export; and its public part,
which tells all members what was decided on the questions they may read."""
