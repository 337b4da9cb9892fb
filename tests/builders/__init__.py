"""What tests are made with: runs, folders, servers, models, and the tree of the sources."""
