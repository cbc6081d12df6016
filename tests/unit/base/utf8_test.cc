#include "server/base/utf8.h"

#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace berth {
namespace {

// The character of this number, encoded without a look at whether it exists.
std::string Encode(uint32_t c) {
  std::string out;
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
  return out;
}

bool IsCharacter(uint32_t c) {
  return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

// The reference: decodes a character and demands that encoding it again gives
// the same bytes. Returns its length, or 0.
size_t ReferenceLength(absl::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  size_t length = 1;
  uint32_t c = lead;
  if (lead >= 0xF0) {
    length = 4;
    c = lead & 0x07;
  } else if (lead >= 0xE0) {
    length = 3;
    c = lead & 0x0F;
  } else if (lead >= 0xC0) {
    length = 2;
    c = lead & 0x1F;
  } else if (lead >= 0x80) {
    return 0;
  }
  if (text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  const bool same = IsCharacter(c) && Encode(c) == text.substr(0, length);
  return same ? length : 0;
}

bool ReferenceIsValid(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = ReferenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ReferenceToValid(absl::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = ReferenceLength(text);
    if (length == 0) {
      result += '?';
    } else {
      absl::StrAppend(&result, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

void Compare(const std::string& text) {
  ASSERT_EQ(IsValidUtf8(text), ReferenceIsValid(text))
      << testing::PrintToString(text);
}

TEST(IsValidUtf8, TakesEveryCharacterAndNoSurrogate) {
  for (uint32_t c = 0; c < 0x120000; ++c) {
    ASSERT_EQ(IsValidUtf8(Encode(c)), IsCharacter(c)) << c;
  }
}

TEST(IsValidUtf8, AgreesOnEverySequenceOfUpToThreeBytes) {
  EXPECT_TRUE(IsValidUtf8(""));
  for (int a = 0; a < 256; ++a) {
    Compare(std::string(1, static_cast<char>(a)));
    for (int b = 0; b < 256; ++b) {
      Compare({static_cast<char>(a), static_cast<char>(b)});
      // The lead byte decides; after ASCII the rest was compared before.
      for (int c = 0; a >= 0x80 && c < 256; ++c) {
        Compare(
            {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)});
      }
    }
  }
}

TEST(IsValidUtf8, AgreesOnSequencesOfFourBytes) {
  const unsigned char kEdges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90,
                                  0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
  for (int a = 0xE0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      for (unsigned char c : kEdges) {
        for (unsigned char d : kEdges) {
          Compare({static_cast<char>(a), static_cast<char>(b),
                   static_cast<char>(c), static_cast<char>(d)});
        }
      }
    }
  }
}

// ASCII is looked at eight bytes at a time.
TEST(IsValidUtf8, FindsABadByteAtEveryPosition) {
  for (size_t size = 1; size <= 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      EXPECT_TRUE(IsValidUtf8(text));
      text[at] = '\xFF';
      EXPECT_FALSE(IsValidUtf8(text)) << size << " " << at;
    }
  }
}

TEST(IsValidUtf8, RefusesACharacterThatIsCutOff) {
  for (uint32_t c : {0xE4u, 0x20ACu, 0x1F600u}) {
    const std::string whole = "text: " + Encode(c);
    for (size_t cut = 1; cut < Encode(c).size(); ++cut) {
      EXPECT_FALSE(IsValidUtf8(whole.substr(0, whole.size() - cut)));
    }
  }
}

TEST(ToValidUtf8, KeepsValidText) {
  const std::string text = "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80";
  EXPECT_EQ(ToValidUtf8(text), text);
}

TEST(ToValidUtf8, AgreesOnRandomBytes) {
  std::mt19937 random(1);
  const std::string kPieces[] = {"a",    "\x80", "\xC3",    "\xC3\xA4",
                                 "\xED", "\xA0", "\xF0",    "\x9F\x98",
                                 "\xFF", "€",    "xxxxxxxx"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) text += kPieces[random() % 11];
    const std::string valid = ToValidUtf8(text);
    ASSERT_EQ(valid, ReferenceToValid(text)) << testing::PrintToString(text);
    ASSERT_TRUE(IsValidUtf8(valid));
    ASSERT_EQ(valid.size(), text.size());
  }
}

TEST(CutUtf8, NeverCutsWithinACharacter) {
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
  const size_t kEnds[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t limit = 0; limit < 12; ++limit) {
    EXPECT_EQ(CutUtf8(text, limit), text.substr(0, kEnds[limit])) << limit;
  }
}

}  // namespace
}  // namespace berth
