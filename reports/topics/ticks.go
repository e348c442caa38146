package topics

import "slices"

// Ticks are the questions of a topic that a person has ticked, page by page, in
// one view.
type Ticks struct {
	Topic     int   `json:"topic"`
	Questions []int `json:"questions,omitempty"` // their numbers, sorted
	// All stands for every open question of the topic up to the number Newest: a
	// later one is not meant.
	All    bool `json:"all,omitzero"`
	Newest int  `json:"newest,omitzero"`
}

// Set ticks a question or takes its tick off.
func (t *Ticks) Set(number int, ticked bool) {
	at, have := slices.BinarySearch(t.Questions, number)
	switch {
	case ticked && !have:
		t.Questions = slices.Insert(t.Questions, at, number)
	case !ticked && have:
		t.Questions = slices.Delete(t.Questions, at, at+1)
	}
}

// Has reports whether a question is ticked.
func (t *Ticks) Has(number int) bool {
	_, have := slices.BinarySearch(t.Questions, number)
	return have || t.All && number <= t.Newest
}

// Chosen are the open questions of the topic that are ticked.
func (s *State) Chosen(t Ticks) []Question {
	list, _ := s.Questions(t.Topic, StatusOpen, 0, 0)
	return slices.DeleteFunc(list, func(q Question) bool { return !t.Has(q.Number) })
}
