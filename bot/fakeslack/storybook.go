package fakeslack

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Story is one view or message as JSON, and its name.
type Story struct {
	Name string          `json:"name"`
	Body json.RawMessage `json:"body"`
}

// Storybook shows every JSON file of a folder that is a view or a message on one
// sheet, drawn as the page draws them.
func Storybook(dir fs.FS) http.Handler {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // they are part of the program
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "storybook.html") })
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /ui/file/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 6"><rect width="10" height="6" fill="#dde3ea"/><path d="M1 5 4 3 6 4 9 1" fill="none" stroke="#0072b2" stroke-width=".2"/></svg>`))
	})
	mux.HandleFunc("GET /ui/stories", func(w http.ResponseWriter, _ *http.Request) {
		stories, err := readStories(dir)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(stories)
	})
	return onLoopback(mux)
}

func readStories(dir fs.FS) ([]Story, error) {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return nil, err
	}
	var stories []Story
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		var has struct {
			Blocks json.RawMessage `json:"blocks"`
		}
		if json.Unmarshal(b, &has) == nil && has.Blocks != nil {
			stories = append(stories, Story{strings.TrimSuffix(path.Base(name), ".json"), b})
		}
	}
	return stories, nil
}
