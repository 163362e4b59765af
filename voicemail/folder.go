package voicemail

// The folders that messages come into; the others are for whoever sorts theirs.
const (
	folderNew = "new"
	folderOld = "old"
)

// A folder of every mailbox.
type folder struct {
	key    byte
	name   string // in the store
	prompt string
}

// folders are in the order of their keys, Asterisk's.
var folders = []folder{
	{'0', folderNew, "voicemail/folder-new"},
	{'1', folderOld, "voicemail/folder-old"},
	{'2', "work", "voicemail/folder-work"},
	{'3', "family", "voicemail/folder-family"},
	{'4', "friends", "voicemail/folder-friends"},
	{'5', "folder5", "voicemail/folder-5"},
	{'6', "folder6", "voicemail/folder-6"},
	{'7', "folder7", "voicemail/folder-7"},
	{'8', "folder8", "voicemail/folder-8"},
	{'9', "folder9", "voicemail/folder-9"},
}

// chooseFolder asks for a folder. ok is false when the party does not want one after all.
func (t *talk) chooseFolder(question string) (f folder, ok bool, err error) {
	names := []string{question}
	for _, f := range folders {
		names = append(names, "voicemail/for-folder", f.prompt, "voicemail/press", "digits/"+string(rune(f.key)))
	}
	names = append(names, "voicemail/cancel-with-hash")
	for range idleMost {
		k, err := t.ask(names...)
		switch {
		case err != nil:
			return folder{}, false, err
		case k >= '0' && k <= '9':
			return folders[k-'0'], true, nil
		case k != 0:
			return folder{}, false, nil
		}
	}
	return folder{}, false, nil
}
