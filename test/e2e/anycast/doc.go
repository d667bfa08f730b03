// Package anycast plays several directors of one address behind a router, with a thousand streams, in a user-mode
// kernel: which streams live on when a director or a server dies, comes or goes. It counts them for what people have
// had so far too, and prints the rows of a table of docs/scale.md.
package anycast
