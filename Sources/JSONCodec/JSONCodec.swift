/// The namespace of the target until its first type arrives.
