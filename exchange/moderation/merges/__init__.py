"""What a merge carries to the question that lives, and how it is undone while nothing was built on
it. The merged question stays as it was written, and is shown under the other."""
