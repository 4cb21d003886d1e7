package serve

// Class says how caches may keep the file at a path.
type Class uint8

// The classes.
const (
	Revalidate Class = iota // ask each time whether it is still the same: indexes
	Immutable               // for ever: the path names the content
)

// Policy tells the class of each path of a tree.
type Policy func(path string) Class

// AlwaysRevalidate is the policy that suits every tree.
func AlwaysRevalidate(string) Class { return Revalidate }

func (c Class) cacheControl() string {
	if c == Immutable {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}
