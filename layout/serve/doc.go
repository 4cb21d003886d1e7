// Package serve hands out mirrors over HTTP, to the clients of the ecosystems as
// they really behave.
//
// [Static] answers from one snapshot; [Site] mounts all ecosystems of a mirror
// root and notices what is published while it runs; [Server] listens. Each of
// the following has broken a real client somewhere:
//
//   - Every file has a strong ETag, the SHA-256 of its bytes in quotes: rebar3
//     fails without one.
//   - If-None-Match may be a list, weak, an asterisk, or empty, which is as good as
//     absent: rebar3 up to 3.19 sends it so.
//   - Range, If-Range, HEAD and Content-Length work on everything.
//   - The type is application/octet-stream unless the driver knows better, and there
//     is never a Content-Encoding: the files are what is signed, and mix would unpack
//     a gzipped file twice. Julia 1.13 asks for zstd with Accept-Encoding and wants
//     another file then, not an encoded one: see [ZstdVariants].
//   - There is no redirect: Hex fails on relative ones. So doubled slashes and a
//     slash at the end mean the same path without them.
//   - What is not there is a 404 with a few plain words. A page with status 200
//     instead ends just-mr, which then asks no further mirror.
//   - Symbolic links of a snapshot are taken here, as no kernel does it.
//   - What is content-addressed may be cached for ever; everything else is to be
//     asked again each time.
//   - An If-Modified-Since counts only if it is the very time that was sent, so a
//     rollback is noticed although it goes back.
//
// Files go from the store to the socket without a copy in this program
// (sendfile), as long as no [http.ResponseWriter] in between hides ReadFrom.
package serve
