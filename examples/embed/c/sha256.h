/* SHA-256 (FIPS 180-4) of a whole message in memory. */
#ifndef SHA256_H
#define SHA256_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The first 32 bits of the fractional part of a root of a prime: all that the standard's constants are. */
static uint32_t sha256_fraction(long double root) {
  return (uint32_t)((root - floorl(root)) * 4294967296.0L);
}

static uint32_t sha256_rotate(uint32_t word, int bits) {
  return word >> bits | word << (32 - bits);
}

static void sha256_block(uint32_t digest[8], const uint32_t rounds[64], const uint8_t block[64]) {
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++) {
    const uint8_t *b = block + 4 * i;
    w[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
  }
  for (int i = 16; i < 64; i++) {
    uint32_t low = sha256_rotate(w[i - 15], 7) ^ sha256_rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t high = sha256_rotate(w[i - 2], 17) ^ sha256_rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + low + w[i - 7] + high;
  }
  memcpy(s, digest, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint32_t sum1 = sha256_rotate(s[4], 6) ^ sha256_rotate(s[4], 11) ^ sha256_rotate(s[4], 25);
    uint32_t sum0 = sha256_rotate(s[0], 2) ^ sha256_rotate(s[0], 13) ^ sha256_rotate(s[0], 22);
    uint32_t first = s[7] + sum1 + ((s[4] & s[5]) ^ (~s[4] & s[6])) + rounds[i] + w[i];
    uint32_t second = sum0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += first;
    s[0] = first + second;
  }
  for (int i = 0; i < 8; i++) digest[i] += s[i];
}

static void sha256(const uint8_t *message, size_t bytes, uint8_t result[32]) {
  uint32_t digest[8], rounds[64];
  for (int prime = 2, count = 0; count < 64; prime++) {
    int divisor = 2;
    while (prime % divisor != 0) divisor++;
    if (divisor < prime) continue;
    if (count < 8) digest[count] = sha256_fraction(sqrtl(prime));
    rounds[count++] = sha256_fraction(cbrtl(prime));
  }
  size_t whole = bytes / 64 * 64;
  for (size_t i = 0; i < whole; i += 64) sha256_block(digest, rounds, message + i);
  /* the rest, a one, zeros, and the length in bits */
  uint8_t last[128] = {0};
  size_t rest = bytes - whole, padded = rest < 56 ? 64 : 128;
  if (rest > 0) memcpy(last, message + whole, rest);
  last[rest] = 0x80;
  for (int i = 0; i < 8; i++) last[padded - 1 - i] = (uint8_t)((uint64_t)bytes * 8 >> 8 * i);
  for (size_t i = 0; i < padded; i += 64) sha256_block(digest, rounds, last + i);
  for (int i = 0; i < 32; i++) result[i] = (uint8_t)(digest[i / 4] >> (24 - i % 4 * 8));
}

#endif
