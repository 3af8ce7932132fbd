"""The parts of the verb `compare`: what is asked, and the differences, orders and curves that answer it."""
