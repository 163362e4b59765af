package config

// A Person is a user twice: as their entry is written, and with what defaults.user says.
type Person struct {
	Number            string
	Written, Complete User
}

// People are the users in the order of the file.
func (c *Config) People() []Person {
	if c.file == nil {
		return nil
	}
	n, _ := below(c.file.top, "users")
	var all []Person
	for _, v := range entries(n) {
		number := keyOf(v)
		all = append(all, Person{Number: number, Written: c.written[number], Complete: c.Users[number]})
	}
	return all
}

// Codecs are the names that a user's codecs may have.
func Codecs() []string { return []string{"ulaw", "alaw"} }

// FreshSecret is a random secret for somebody's phone, as in the shipped file.
func FreshSecret() (string, error) { return random(secretLetters, 16) }

// FreshPIN is a random PIN for somebody's mailbox: four digits.
func FreshPIN() (string, error) { return random("0123456789", 4) }
