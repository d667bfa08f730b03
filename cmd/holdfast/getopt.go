package main

import (
	"strings"

	"holdfast/internal/logging"
)

// argKind says whether an option takes an argument, as getopt_long(3) has it.
type argKind uint8

const (
	noArg       argKind = iota
	requiredArg         // -xARG, -x ARG, --long=ARG, --long ARG
	optionalArg         // -xARG, --long=ARG; the next word is never taken
)

// option is one row of the option table.
type option struct {
	short byte   // 0 = none
	long  string // "" = none
	arg   argKind
	name  string // of the argument, in the help text
	help  string
	set   func(o *options, value string) error // nil = not supported yet
}

// spelled is how the option is named in messages.
func (o *option) spelled() string {
	if o.short != 0 {
		return "-" + string(o.short)
	}
	return "--" + o.long
}

// parse reads args with getopt_long's rules: short options may be bundled and carry
// their argument, long ones may be abbreviated while unambiguous, -- ends the
// options. Words that are no options are returned.
func parse(table []option, args []string, found func(*option, string) error) (rest []string, err error) {
	return parseOn(table, args, found, func(err error) error { return err })
}

// parseOn is parse that goes on behind an error when bad gives nil for it.
func parseOn(table []option, args []string, found func(*option, string) error, bad func(error) error) (rest []string,
	err error) {
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		switch {
		case word == "--":
			return append(rest, args...), nil
		case strings.HasPrefix(word, "--"):
			args, err = parseLong(table, word[2:], args, found)
		// A "-" alone is a word like others.
		case len(word) > 1 && word[0] == '-':
			args, err = parseShort(table, word[1:], args, found)
		default:
			// Options may still follow, as getopt_long permutes words to the end.
			rest = append(rest, word)
		}
		if err != nil {
			if err = bad(err); err != nil {
				return rest, err
			}
		}
	}
	return rest, nil
}

func parseLong(table []option, word string, args []string, found func(*option, string) error) ([]string, error) {
	name, value, given := strings.Cut(word, "=")
	o := findLong(table, name)
	switch {
	case o == nil || given && o.arg == noArg:
		return args, logging.Worded("Unknown option --%s", word)
	// The next word is the argument even if it looks like an option, as with getopt_long.
	case !given && o.arg == requiredArg:
		if len(args) == 0 {
			return args, logging.Worded("Missing parameter for option --%s", o.long)
		}
		value, args = args[0], args[1:]
	}
	return args, found(o, value)
}

// findLong finds an option by its name or a prefix that only it has.
func findLong(table []option, name string) *option {
	var hit *option
	for i := range table {
		o := &table[i]
		// A whole name wins over longer ones that begin with it: --vrrp is not --vrrp_pid.
		if o.long == name {
			return o
		}
		if name != "" && strings.HasPrefix(o.long, name) {
			// Two begin so, and guessing could choose one that keeps addresses.
			if hit != nil {
				return nil
			}
			hit = o
		}
	}
	return hit
}

func parseShort(table []option, letters string, args []string, found func(*option, string) error) ([]string, error) {
	for i := 0; i < len(letters); i++ {
		o := findShort(table, letters[i])
		if o == nil {
			return args, logging.Worded("Unknown option -%c", letters[i])
		}
		if o.arg == noArg {
			if err := found(o, ""); err != nil {
				return args, err
			}
			continue
		}
		// What is left of the word is the argument, even if it looks like more letters: -f-n.
		value := letters[i+1:]
		if value == "" && o.arg == requiredArg {
			if len(args) == 0 {
				return args, logging.Worded("Missing parameter for option -%c", o.short)
			}
			value, args = args[0], args[1:]
		}
		return args, found(o, value)
	}
	return args, nil
}

func findShort(table []option, letter byte) *option {
	for i := range table {
		if table[i].short == letter {
			return &table[i]
		}
	}
	return nil
}
