package juliatest

import (
	"crypto/sha1"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// stdlibs come with Julia. They are found in no registry, unless they are added to one.
var stdlibs = map[string]string{
	"Artifacts":        "56f22d72-fd6d-98f1-02f0-08ddc0907c33",
	"Base64":           "2a0f44e3-6c83-55bd-87e4-b1978d98bd5f",
	"Dates":            "ade2ca70-3891-5945-98fb-dc099432e06a",
	"DelimitedFiles":   "8bb1440f-4735-579b-a4ab-409b98df4dab",
	"Distributed":      "8ba89e20-285c-5b6f-9357-94700520ee1b",
	"InteractiveUtils": "b77e0a4c-d291-57a0-90e8-8db25a27a240",
	"LazyArtifacts":    "4af54fe1-eca0-43a8-85a7-787d91b784e3",
	"Libdl":            "8f399da3-3557-5675-b5ff-fb832c97cbdb",
	"LinearAlgebra":    "37e2e46d-f89d-539d-b4ee-838fcccc9c8e",
	"Logging":          "56ddb016-857b-54e1-b83d-db4d58db5568",
	"Markdown":         "d6f4376e-aef5-505a-96c1-9c027394607a",
	"Mmap":             "a63ad114-7e13-5084-954f-fe012c677804",
	"Pkg":              "44cfe95a-1eb2-52ea-b672-e2afdf69b78f",
	"Printf":           "de0858da-6303-5e67-8744-51eddeeeb8d7",
	"Random":           "9a3f8284-a2c9-5f02-9a11-845980a1fd5c",
	"SHA":              "ea8e919c-243c-51af-8825-aaa63cd721ce",
	"Serialization":    "9e88b42a-f829-5b0c-bbe9-9e923198166b",
	"Sockets":          "6462fe0b-24de-5631-8697-dd941f90decc",
	"Statistics":       "10745b16-79ce-11e8-11f9-7d13ad32a3b2",
	"TOML":             "fa267f1f-6049-4f14-aa54-33bafae1ed76",
	"Test":             "8dfed614-e22c-5e08-85e1-65c5234f0b40",
	"UUIDs":            "cf7118a7-6976-5b1a-9a39-7adc72f591a4",
	"Unicode":          "4ec0a83e-493e-50e2-b9ac-8f72acf5a8f5",
}

// known are packages of General that people have in mind when they write their names.
var known = map[string]string{
	"Example":     "7876af07-990d-54b4-ab0e-23690620f79a",
	"JLLWrappers": "692b3bcd-3c85-4b1f-b108-f13ce0eb3210",
	"JSON":        "682c06a0-de6a-54ab-a142-c8b1cf79cde6",
	"Parsers":     "69de0a69-1ddd-5017-9359-2bf0b02dc9f0",
	"Zlib_jll":    "83775a58-1f1d-513f-b197-d71354ab007a",
}

// space is the namespace of made-up UUIDs.
var space = uuid.MustParse("e1c0a2e5-0f5b-5d2f-9a0e-6f66666d6972")

// UUID returns the UUID that a package of General has if no other is given: that of the
// standard library or of the real General for names such as Dates and JSON, one that is
// computed from the name otherwise.
func UUID(name string) uuid.UUID {
	for _, table := range []map[string]string{stdlibs, known} {
		if text, ok := table[name]; ok {
			return uuid.MustParse(text)
		}
	}
	return newUUID(space, name)
}

// newUUID is a UUID of version 5.
func newUUID(space uuid.UUID, name string) (id uuid.UUID) {
	sum := sha1.Sum(append(space[:], name...))
	copy(id[:], sum[:])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}
