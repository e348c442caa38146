package topics

import "slices"

// Ticks are the questions of a topic that a person has ticked, page by page, in
// one view.
type Ticks struct {
	Topic     int   `json:"topic"`
	Questions []int `json:"questions,omitempty"` // their numbers, sorted
	// All stands for every open question of the topic up to the number Newest, but
	// for those in Except: a later one is not meant.
	All    bool  `json:"all,omitzero"`
	Newest int   `json:"newest,omitzero"`
	Except []int `json:"except,omitempty"` // sorted
}

// Set ticks a question or takes its tick off.
func (t *Ticks) Set(number int, ticked bool) {
	if t.All && number <= t.Newest {
		t.Except = with(t.Except, number, !ticked)
		return
	}
	t.Questions = with(t.Questions, number, ticked)
}

// Has reports whether a question is ticked.
func (t *Ticks) Has(number int) bool {
	if t.All && number <= t.Newest {
		_, out := slices.BinarySearch(t.Except, number)
		return !out
	}
	_, have := slices.BinarySearch(t.Questions, number)
	return have
}

// with is a sorted list with a number in it, or without.
func with(list []int, number int, in bool) []int {
	at, have := slices.BinarySearch(list, number)
	switch {
	case in && !have:
		return slices.Insert(list, at, number)
	case !in && have:
		return slices.Delete(list, at, at+1)
	}
	return list
}

// Chosen are the open questions of the topic that are ticked.
func (s *State) Chosen(t Ticks) []Question {
	list, _ := s.Questions(t.Topic, StatusOpen, 0, 0)
	return slices.DeleteFunc(list, func(q Question) bool { return !t.Has(q.Number) })
}
