"""The conversion engine: any common model in, one channels-last graph in the LiteRT dialect, every variant out."""
