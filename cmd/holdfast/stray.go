package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// keepalivedName is the name of the program under which it is keepalived to those who
// call it: without subcommands, and with keepalived's version.
const keepalivedName = "keepalived"

func asKeepalived(argv0 string) bool { return filepath.Base(argv0) == keepalivedName }

// strayWord says what is wrong with a command line that has words which are no options, "" if
// there are none. keepalived names such words and starts all the same; under its name so do we.
// Under our own, where the first word may be a subcommand, somebody who means one and misses
// it would start a director that takes addresses.
func strayWord(args []string, o options) string {
	if asKeepalived(args[0]) || len(o.words) == 0 {
		return ""
	}
	word := o.words[0]
	root := commands(terminal{})
	switch c := subcommand(root, word); {
	// "holdfast -n check FILE": the word is a subcommand, and an option stands before it.
	case c != nil && strings.HasPrefix(args[1], "-"):
		return fmt.Sprintf("a subcommand is the first word: holdfast %s", c.Use)
	case !o.test && optionBefore(args, word) != "": // behind -t a configuration is meant
		option := optionBefore(args, word)
		return fmt.Sprintf("%s: an argument of %s is written in the same word: %s%s",
			word, strings.TrimSuffix(option, "="), option, word)
	case strings.HasSuffix(word, ".conf") || strings.Contains(word, "/"):
		return fmt.Sprintf("%s: the daemon takes its configuration as -f FILE; did you mean holdfast check %s?", word, word)
	}
	said := "there is no subcommand " + quotedWord(word)
	if near := meant(root, word); near != "" {
		return fmt.Sprintf("%s; did you mean %s?", said, near)
	}
	return said + "; holdfast help lists them"
}

// optionBefore is the option right before a word that can have an argument and has none, as it
// is written for one, "" if another word stands there.
func optionBefore(args []string, word string) string {
	i := slices.Index(args, word)
	// The first one is the program, so the option before the word is the second or a later one.
	if i < 2 || len(args[i-1]) < 2 || args[i-1][0] != '-' {
		return ""
	}
	before := args[i-1]
	if name, long := strings.CutPrefix(before, "--"); long {
		if o := findLong(optionTable(), name); o != nil && o.arg == optionalArg {
			return before + "="
		}
		return ""
	}
	// Letters may be bundled: of "-nt" the last one is the option before the word.
	if o := findShort(optionTable(), before[len(before)-1]); o != nil && o.arg == optionalArg {
		return o.spelled()
	}
	return ""
}

// quotedWord is a word of the command line in a message, on one line whatever is in it.
func quotedWord(word string) string {
	if q := strconv.Quote(word); q[1:len(q)-1] != word || word == "" || strings.Contains(word, " ") {
		return q
	}
	return word
}

// subcommand is the one that is called so, nil if none is.
func subcommand(root *cobra.Command, word string) *cobra.Command {
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == word && !c.Hidden {
			return c
		}
	}
	return nil
}

// serviceVerbs are what one does with a service, not with a program.
func serviceVerbs() []string {
	return []string{"start", "stop", "restart", "enable", "disable", "reload-or-restart", "try-restart"}
}

// meant is the command line that somebody may have had in mind, "" if there is none to name.
func meant(root *cobra.Command, word string) string {
	word = strings.ToLower(word)
	if slices.Contains(serviceVerbs(), word) {
		return "systemctl " + word + " holdfast"
	}
	switch word {
	case "version", "ver", "v":
		return "holdfast -v"
	case "run", "daemon", "serve", "foreground":
		return "holdfast -n"
	case "config", "configtest", "test", "validate", "verify", "lint":
		return "holdfast check"
	case "hepl", "hlep", "hel", "usage", "commands": // cobra suggests every command but this
		return "holdfast help"
	}
	service := &cobra.Command{}
	for _, verb := range serviceVerbs() {
		service.AddCommand(&cobra.Command{Use: verb, Run: func(*cobra.Command, []string) {}})
	}
	// At one distance a subcommand comes before a verb of systemctl.
	for distance := 1; distance <= farthest(word); distance++ {
		if near := within(distance, root, word); near != "" {
			return "holdfast " + near
		}
		if near := within(distance, service, word); near != "" {
			return "systemctl " + near + " holdfast"
		}
	}
	return ""
}

// nearest is the subcommand of root that a word may be meant for, "" if none is near.
func nearest(root *cobra.Command, word string) string {
	// By distance, since cobra gives those within one in its own order and not the nearest first.
	for distance := 1; distance <= farthest(word); distance++ {
		if near := within(distance, root, word); near != "" {
			return near
		}
	}
	return ""
}

// farthest is how many letters of a word may be wrong.
func farthest(word string) int {
	if word == "" {
		return 0
	}
	return len(word)/4 + 1
}

func within(distance int, root *cobra.Command, word string) string {
	root.InitDefaultHelpCmd()
	root.SuggestionsMinimumDistance = distance
	if near := root.SuggestionsFor(word); len(near) > 0 {
		return near[0]
	}
	return ""
}
