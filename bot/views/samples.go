package views

import (
	"embed"
	"io/fs"
)

//go:embed testdata/*.json
var samples embed.FS

// Samples are every view and message of the bot on sample data, in each language, one JSON file each: those that the tests hold. A real Slack
// can say of them whether it would open them.
func Samples() fs.FS {
	dir, err := fs.Sub(samples, "testdata")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return dir
}
