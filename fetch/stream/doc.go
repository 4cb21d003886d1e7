// Package stream lets many readers have an object while it is being fetched, by one fetch.
//
//	group := stream.NewGroup(ctx, stream.Options{Open: open})
//	s := group.Get("package/UUID/TREE", func(ctx context.Context, f fetch.Follower) (fetch.Object, error) {
//		result, err := engine.Fetch(ctx, fetch.Request{URL: url, Key: key, Proof: proof, Follow: f})
//		return result.Object, err
//	})
//	err := s.Answer(w, r, header)
//
// Whoever asks for a key while its fetch is under way gets the same [Stream], and reads from
// the beginning, whenever it came. The fetch belongs to the group and not to the one who asked
// first: it goes on when all readers have gone, as somebody will ask again.
//
// # What readers get
//
// Bytes are handed out before they are proven, since a proof needs all of them, but never
// all of them: the last [HeldBack] bytes that have arrived stay here until the fetch has
// succeeded. So what fails its proof is never whole in anybody's hands, and no object of up to
// that size shows a byte before it is proven. A reader of what failed gets an error instead of
// io.EOF, and [Stream.Answer] cuts the connection, so that no client and no cache on the way takes
// the answer for complete.
//
// When a fetch begins again, from another place perhaps, readers stay if the new bytes
// are those that they have seen, and are cut off otherwise; the fetch goes on, and whoever comes
// later waits for its end. The same holds for what the fetch made something else of.
//
// # What it costs
//
// Bytes under way are written twice: by the fetch, to the store, and to a temporary file that has
// no name, from which the readers read. It is gone when the object is there, or with the process,
// however that ends.
package stream
