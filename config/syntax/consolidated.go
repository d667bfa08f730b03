package syntax

import (
	"bufio"
	"io"
	"strings"
)

// WriteTo writes the snapshot as one file: includes in place, everything expanded, a
// comment where the lines of another file begin. Read again it means the same.
// It implements [io.WriterTo].
func (s Snapshot) WriteTo(w io.Writer) (int64, error) {
	out := bufio.NewWriter(w)
	written, file := 0, ""
	for _, l := range s.Lines {
		if l.File != file {
			file = l.File
			// A line end in the name would end the comment.
			written += writeLine(out, "# "+strings.ReplaceAll(file, "\n", " "))
		}
		text := l.Text
		if l.Own {
			text = "@" + OwnID + " " + text
		}
		written += writeLine(out, text)
	}
	return int64(written), out.Flush()
}

func writeLine(w *bufio.Writer, text string) int {
	n, _ := w.WriteString(text) // Flush tells
	_ = w.WriteByte('\n')
	return n + 1
}
