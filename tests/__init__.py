"""The tests: twins of the modules, and the laws of the project; a package, so that tests can share the gates."""
