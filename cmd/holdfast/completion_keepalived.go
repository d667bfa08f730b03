package main

import (
	"fmt"
	"strings"
)

// keepalivedCompletion completes the options under the name keepalived, where there are no
// subcommands. It calls no program: under that name every word but an option starts the daemon.
func keepalivedCompletion(shell string) string {
	var b strings.Builder
	const head = "keepalived, which is holdfast here. Made by \"holdfast generate\".\n"
	switch shell {
	case "bash":
		b.WriteString("# bash completion for " + head)
		var words []string
		for _, o := range shownOptions() {
			if o.short != 0 {
				words = append(words, "-"+string(o.short))
			}
			words = append(words, "--"+o.long+suffixed(o, "="))
		}
		// With -o default bash falls back to names of files, which -f and others take.
		fmt.Fprintf(&b, "complete -o default -W '%s' keepalived\n", strings.Join(words, " "))
	case "zsh":
		// -s: letters may be bundled. -S: behind "--" there are no options.
		b.WriteString("#compdef keepalived\n# zsh completion for " + head + "_arguments -s -S \\\n")
		for _, o := range shownOptions() {
			b.WriteString("  " + zshOption(o) + " \\\n")
		}
		b.WriteString("  && return 0\n")
	case "fish":
		b.WriteString("# fish completion for " + head)
		for _, o := range shownOptions() {
			b.WriteString(fishOption(o) + "\n")
		}
	}
	return b.String()
}

// shownOptions are the options that -h shows.
func shownOptions() []option {
	var shown []option
	for _, o := range optionTable() {
		if o.help != "" {
			shown = append(shown, o)
		}
	}
	return shown
}

// suffixed is text for an option with an argument, "" for one without.
func suffixed(o option, text string) string {
	if o.arg == noArg {
		return ""
	}
	return text
}

func zshOption(o option) string {
	value := ""
	switch words := o.choices(); {
	case o.arg == noArg:
	case words == nil:
		value = ":file:_files"
	case len(words) == 0:
		value = ":value: "
	default:
		value = ":value:(" + strings.Join(words, " ") + ")"
	}
	if o.arg == optionalArg {
		value = ":" + value // the argument is part of the word, or absent
	}
	// These end the quoted word, the text in brackets or a part of a specification for _arguments.
	about := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(firstLine(o.help))
	long, short := "--"+o.long, "-"+string(o.short)
	// "=" and "+": the argument is in the same word or the next one; "=-" and "-": in the same.
	switch o.arg {
	case requiredArg:
		long, short = long+"=", short+"+"
	case optionalArg:
		long, short = long+"=-", short+"-"
	}
	if o.short == 0 {
		return fmt.Sprintf("'%s[%s]%s'", long, about, value)
	}
	// The list in front says that either spelling makes the other one needless.
	return fmt.Sprintf("'(-%c --%s)'{%s,%s}'[%s]%s'", o.short, o.long, short, long, about, value)
}

func fishOption(o option) string {
	line := "complete -c keepalived"
	if o.short != 0 {
		line += " -s " + string(o.short)
	}
	line += " -l " + o.long
	if o.arg == requiredArg {
		// Fish offers names of files for it, unless -f says that there are none.
		line += " -r"
		if words := o.choices(); words != nil {
			line += " -f -a '" + strings.Join(words, " ") + "'"
		}
	}
	return line + " -d '" + strings.ReplaceAll(firstLine(o.help), "'", `\'`) + "'"
}
