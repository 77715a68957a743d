"""Questions in and out as JSON Lines, CSV and XLSX."""
