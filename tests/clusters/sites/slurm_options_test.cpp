#include "clusters/sites/slurm_options.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

std::string refusal_of(const std::string& text) {
    try {
        parse_slurm_options(text);
    } catch (const std::invalid_argument& refused) {
        return refused.what();
    }
    return "";
}

TEST(SlurmOptions, TakesWhatChoosesWhereAndWhenAJobRuns) {
    EXPECT_EQ(
        parse_slurm_options("  --qos=high --gres=gpu:a100:1   --exclusive --nodelist=n[1-4,7] --time=1-02:30:00 "),
        (std::vector<std::string>{"--qos=high", "--gres=gpu:a100:1", "--exclusive", "--nodelist=n[1-4,7]",
                                  "--time=1-02:30:00"}));
    EXPECT_TRUE(parse_slurm_options("").empty());
}

TEST(SlurmOptions, NamesWhatItDoesNotPassOn) {
    for (const char* option :
         {"--wrap=id", "--uid=0", "--output=/etc/passwd", "--export=LD_PRELOAD", "--chdir=/", "--comment=x",
          "--job-name=x", "--requeue", "--mem=1", "-p", "prog.sh", "--", "--exclusive=user;id"})
        EXPECT_NE(refusal_of(option).find(std::string("'") + option + "'"), std::string::npos) << option;
}

TEST(SlurmOptions, NamesAValueThatIsAbsentOrWrong) {
    EXPECT_NE(refusal_of("--qos"), "");
    EXPECT_NE(refusal_of("--qos="), "");
    for (const char* value : {"a;b", "$(id)", "`id`", "a\nb", "a\tb", "a'b", "a\"b", "a<b", "a\\b", "ü"})
        EXPECT_NE(refusal_of(std::string("--qos=") + value), "") << value;
}

TEST(SlurmOptions, KnowsANameOfAPartitionOrAnAccount) {
    for (const char* name : {"main", "gpu_a100,cpu", "dept.x-1"}) EXPECT_TRUE(is_slurm_name(name)) << name;
    for (const char* name : {"", "-x", "--wrap=id", "a b", "a;b", "a|b", "a\n"})
        EXPECT_FALSE(is_slurm_name(name)) << name;
}

}  // namespace
}  // namespace stoker::clusters
