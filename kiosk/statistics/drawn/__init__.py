"""Reports as pictures, pages on paper and workbooks."""
