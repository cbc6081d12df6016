// Random transaction programs over two small tables.
#ifndef BERTH_TESTS_INTEGRATION_RANDOM_PROGRAM_H_
#define BERTH_TESTS_INTEGRATION_RANDOM_PROGRAM_H_

#include <random>
#include <string>
#include <vector>

#include "berth/v1/transaction.pb.h"

namespace berth::test {

// What creates the tables and procedures that the programs use.
std::vector<std::string> RandomProgramSchema();

// A program of one to eight steps of every kind, with references, conditions,
// assertions and steps that may fail; many of them do fail. All of it is valid
// by its form.
v1::TransactionRequest RandomProgram(std::mt19937_64& random);

}  // namespace berth::test

#endif  // BERTH_TESTS_INTEGRATION_RANDOM_PROGRAM_H_
