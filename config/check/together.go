package check

import (
	"strings"

	"holdfast/config/agreement"
)

// Together checks whether the files of the directors of one network fit together. It says nothing of what is wrong
// within one of them, and is the zero Result if one cannot be read, or without files.
func Together(files []Read) Result {
	var names []string
	var directors []agreement.Director
	for _, f := range files {
		if f.Unread {
			return Result{}
		}
		names = append(names, f.File)
		directors = append(directors, agreement.Director{File: f.File, Snapshot: f.Snapshot, Config: f.Config,
			Damaged: Count(f.Findings).Errors > 0})
	}
	return Result{File: strings.Join(names, " and "), Findings: agreement.Of(directors)}
}
