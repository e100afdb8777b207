"""What other people's benchmark tools say, read into measurements, and measurements written as LiteRT writes them."""
