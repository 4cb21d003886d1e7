package serve

// Option changes how [Static] answers.
type Option func(*static)

// ContentTypes gives files another Content-Type than application/octet-stream.
// The function is asked for the path of a file in the tree, after any links, and
// returns "" where the default is right. It may be called at the same time.
func ContentTypes(of func(path string) string) Option {
	return func(s *static) { s.types = of }
}

// ZstdSuffix is what the path of a [ZstdVariants] variant ends in.
const ZstdSuffix = ".tar.zst"

// ZstdVariants lets the file at PATH.tar.zst stand in for the one at PATH, for the
// paths of which the function says so: if the view has it, requests whose
// Accept-Encoding names zstd get it, and all others what is at PATH. Both answers
// say so to caches with Vary; each has its own ETag, length and ranges, and the
// Content-Type of its own path. There is no Content-Encoding, as the variant is
// what such a client wants to keep, not a way of sending the other file.
func ZstdVariants(at func(path string) bool) Option {
	return func(s *static) { s.zstd = at }
}
