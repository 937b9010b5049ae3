"""From what is handed in to answers by id: files, folders and zips, their forms, names and numbers."""
