"""The projects of the demonstration: what `tropeiro demo` fills an organization with. They work, on made-up data."""
