// Package language turns a syntax tree into a typed, defaulted and validated
// config.Config, says what is wrong with it, writes one back as text and says what
// differs between two.
//
// Every keyword of the language is one row of the keyword table (Table), which is the only
// place the language grows in: a row has the words that a statement takes, how they get into
// the draft of their object (form.go), how they are written back (show.go), what the help
// says and since when holdfast does what they say.
//
// The files are in floors. The kit knows no keyword: keyword, form, number, show, entry,
// ranges, bind, diagnose. The chapters stand on it, and their files bear their names:
// global_, vrrp_, route_, lvs_ and bfd. An object of a chapter is read in the file of its
// name; what must wait until its block, or the whole text, has been read stands in its
// _complete.go, and its rows, where they are many, in its _rows.go. What reads whole
// configurations stands on the chapters: print_, dump_ and compare. What thins out and
// orders findings looks at findings only: finding_.
package language
