package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// genhashCommand is genhash as a subcommand.
func genhashCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "genhash OPTION...",
		SuggestFor: []string{"digest", "md5"},
		Short:      "print the digest of a page, as HTTP_GET and SSL_GET compare it",
		Long: "Fetches a page with the request of HTTP_GET, or with -S of SSL_GET, and prints the MD5 sum of its body, " +
			"which is what a digest line in a url block has to say. The status of the answer does not matter. " +
			"keepalived's genhash is the same program: options, output and exit status are its, also under the name " +
			"genhash and as holdfast -T.\n\n" +
			"Exit status:\n  0  the digest was printed, or why there is none\n  1  genhash was called wrongly",
		// The options are read by the rules of the program whose name this is.
		DisableFlagParsing: true,
		Args:               cobra.ArbitraryArgs,
		ValidArgsFunction:  completeGenhash,
		RunE: func(c *cobra.Command, args []string) error {
			if s := runGenhash("holdfast "+genhashName, args, c.OutOrStdout(), c.ErrOrStderr()); s != 0 {
				return status(s)
			}
			return nil
		},
	}
	for _, o := range genhashOptions() {
		if o.long == "help" { // each subcommand has it
			continue
		}
		// For the manual; they are never read.
		c.Flags().AddFlag(&pflag.Flag{Name: o.long, Shorthand: string(o.short), Value: unread(o.arg),
			Usage: strings.TrimSuffix(strings.ReplaceAll(o.help, "\n  ", ""), ".")})
	}
	return c
}

// completeGenhash completes options, and versions behind -P.
func completeGenhash(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 && (args[len(args)-1] == "-P" || args[len(args)-1] == "--protocol") {
		return []string{"1.0", "1.0c", "1.1"}, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, o := range genhashOptions() {
		help := "\t" + firstLine(o.help)
		out = append(out, "--"+o.long+help)
		if !strings.HasPrefix(word, "--") {
			out = append(out, "-"+string(o.short)+help)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
