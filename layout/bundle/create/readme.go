package create

// readme is the first member of each volume, for somebody who has the media and not
// offmirror. Every byte of it is part of what makes bundles reproducible.
const readme = `This is a volume of an offmirror bundle: package mirrors on their way to a
network without internet. With offmirror:

    offmirror bundle verify .
    offmirror --root /srv/mirror bundle apply .

Without it, everything can be had with tar, sha256sum, zstd and minisign:

1. Is it what was sent? In the folder with the volumes of all media:

    minisign -V -P KEY -m NAME.manifest
    sha256sum -c NAME.manifest

   Volumes that end in .tar.age are encrypted; age -d -i KEYFILE comes first.

2. Unpack all volumes into one folder:

    for v in NAME.*.tar; do tar -xf "$v"; done

3. What was too large for a volume lies in pieces, which belong together in the
   order of their names:

    cat objects/ab/abcdef....part-* > objects/ab/abcdef...

4. An object is named by its SHA-256:

    sha256sum objects/ab/abcdef...

5. What the files are called in a mirror stands in the lists: lines of SHA-256, size
   and path, or "link", path and target:

    zstd -dc < snapshots/ECOSYSTEM/ID | tail -n +2 |
    while read -r sum size path; do
        [ "$sum" = link ] || {
            mkdir -p "tree/$(dirname "$path")"
            cp "objects/$(printf %.2s "$sum")/$sum" "tree/$path"
        }
    done

A bundle that has a base (see NAME.manifest) holds only what the base lacks.
`
