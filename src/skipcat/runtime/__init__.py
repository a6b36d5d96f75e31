"""What a prediction needs beside an engine, and nothing that imports torch."""
