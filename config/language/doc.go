// Package language turns a syntax tree into a typed, defaulted and validated
// config.Config, says what is wrong with it, writes one back as text and says what
// differs between two.
//
// Every keyword of the language is one row of the keyword table (Table), which is the only
// place the language grows in: a row has the words that a statement takes, how they get into
// the draft of their object (form.go), how they are written back (show.go), what the help
// says and since when holdfast does what they say.
//
// The files are in floors, from the ground up; a file uses what is on its floor in its own
// chapter, and what is below (a test of internal/house draws them and keeps it so):
//
//   - finding_ orders and thins out findings, and knows nothing but findings.
//   - The kit reads and writes statements of which it knows no keyword: keyword, form, number,
//     weight, ranges, named, family, entry and show are what a row is made of; language, shape,
//     nearest and survey are the table as a whole; bind, define, lost, in_force, surplus and
//     diagnose are a text being read; own is what keepalived does
//     not know. What a chapter remembers meanwhile is a part (bind.go).
//   - global_ is global_defs, with what every chapter above asks it: who scripts run as, and
//     whether an interface must be there.
//   - route_, lvs_, bfd and bgp: static and virtual routes and rules with the groups that fail with
//     them; services; BFD sessions; who hears of services by BGP. None of them knows another.
//   - vrrp_ stands on route_, because a vrrp_instance has routes and rules.
//   - root_ puts the chapters together: the statements outside of blocks, the table (Table) and
//     the order in which a text is read (Bind).
//   - print_ writes a whole configuration back; compare and dump_ stand on it.
//
// An object of a chapter is read in the file of its name; what must wait until its block, or
// the whole text, has been read stands in its _complete.go, its rows, where they are many, in
// its _rows.go, and how it is written in its _show.go.
package language
