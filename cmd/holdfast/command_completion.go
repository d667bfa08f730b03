package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "write the completion of a shell",
		Long: "Writes what makes a shell complete the options, subcommands and keywords of holdfast:\n\n" +
			"  bash: holdfast completion bash >/usr/share/bash-completion/completions/holdfast\n" +
			"  zsh:  holdfast completion zsh >/usr/share/zsh/vendor-completions/_holdfast\n" +
			"  fish: holdfast completion fish >/usr/share/fish/vendor_completions.d/holdfast.fish",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"bash", "zsh", "fish"},
		// ValidArgs has seen to it that the word is one of the three.
		RunE: func(c *cobra.Command, args []string) error {
			return writeCompletion(c.OutOrStdout(), c.Root(), args[0])
		},
	}
}

func writeCompletion(w io.Writer, root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	}
	return fmt.Errorf("no completion for %s", shell)
}

// addOptions makes keepalived's options known to the completion. They are read by
// parseOptions; these flags are never.
func addOptions(root *cobra.Command) {
	for _, o := range optionTable() {
		if o.help == "" {
			continue
		}
		f := &pflag.Flag{Name: o.long, Usage: firstLine(o.help), Value: unread(o.arg)}
		if o.short != 0 {
			f.Shorthand = string(o.short)
		}
		// Without a value for this case pflag takes the next word as the argument.
		if o.arg != requiredArg {
			f.NoOptDefVal = "true"
		}
		root.Flags().AddFlag(f)
		if words := o.choices(); words != nil {
			_ = root.RegisterFlagCompletionFunc(o.long, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
		}
	}
}

// unread is the value of an option that is never set.
type unread argKind

func (unread) String() string   { return "" }
func (unread) Set(string) error { return nil }

// Type says whether there is an argument, for the manual.
func (u unread) Type() string {
	if argKind(u) == noArg {
		return "bool"
	}
	return "string"
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// choices are the words an option takes, nil if it takes a file.
func (o *option) choices() []string {
	switch o.long {
	case "log-facility":
		return []string{"daemon", "user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	case "signum":
		return []string{"STOP", "RELOAD", "DATA", "STATS", "STATS_CLEAR", "JSON"}
	}
	if strings.HasSuffix(o.name, "FILE") {
		return nil
	}
	// Not nil: nothing is known of the words, but a name of a file is not among them.
	return []string{}
}
