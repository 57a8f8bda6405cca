"""Reader studies: scores of several readers on the same cases, analysed with both readers and cases random."""
