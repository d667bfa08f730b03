// Package witness holds what Debian's keepalived makes of short texts in the
// configuration language: lines, comments, quotes, braces, includes, conditions,
// definitions, sequences and lists. What it understood is written down as facts, such
// as the priority of an instance or a command after expansion, in
// testdata/keepalived.txt; the quick test compares ours with them. With the build tag
// e2e the facts are taken from the program itself, and -record writes them down anew.
package witness
