namespace Slipway.Flows.Tests;

public sealed class FlowMemoryTests
{
    [Theory]
    // learnt; enough; item -> what it begins with
    [InlineData("", "", "b", null)]
    [InlineData("a 80", "", "a", 80)]
    [InlineData("a 80", "b 20", "b", 20)] // it did with less
    [InlineData("a 80", "b 20", "c", 80)] // a new one
    [InlineData("a 80, d 40", "", "c", 80)]
    [InlineData("a 80, d 40", "", "d", 40)]
    [InlineData("a 80", "a 160", "a", 80)]
    public void An_item_begins_with_its_own_number_and_a_new_one_with_the_highest_of_its_task(string learnt, string enough, string item, int? bytes)
    {
        var memory = new FlowMemory(Read(learnt), Read(enough));
        Assert.Equal((long?)bytes, memory.Of("t", item));
        Assert.Null(memory.Of("other", item));
    }

    [Fact]
    public void What_an_item_of_a_run_turns_out_to_need_is_no_number_for_the_others_of_the_run()
    {
        var memory = new FlowMemory(Read("a 80, b 40"), Read(""));
        var killed = new RunSimulation("- { name: t, forEach: [a], command: [x], image: 'x@sha256:00', resources: { memory: 1Mi }, onOutOfMemory: { limit: 1Gi } }");
        killed.Start();
        killed.End("t[0]", exitCode: 137, reason: "OutOfMemory");

        var during = memory.During(killed.Attempts);

        Assert.Equal(new long?[] { 80, 40, 40 }, new[] { "a", "b", "c" }.Select(i => during.Of("t", i)));
        Assert.Equal(80L, memory.During([]).Of("t", "c"));
    }

    private static Dictionary<(string, string), long> Read(string text) =>
        text.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(t => t.Split(' ')).ToDictionary(t => ("t", t[0]), t => long.Parse(t[1], System.Globalization.CultureInfo.InvariantCulture));
}
