namespace Slipway.Node.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public void A_node_is_found_by_the_labels_of_today_and_by_those_of_older_charts()
    {
        var labels = Registration.LabelsOf("n");
        Assert.Equal("n", labels["kubernetes.io/hostname"]);
        foreach (var name in new[] { "os", "arch" })
            Assert.Equal(labels[$"kubernetes.io/{name}"], labels[$"beta.kubernetes.io/{name}"]);
    }

    [Theory]
    [InlineData("", "Ready=False MemoryPressure=False DiskPressure=False PIDPressure=False", "NodeHasSufficientMemory NodeHasNoDiskPressure NodeHasSufficientPID")]
    [InlineData("MemoryPressure=False DiskPressure=False", "Ready=True MemoryPressure=False DiskPressure=False", "NodeReady")]
    [InlineData("Ready=True MemoryPressure=False", "Ready=True MemoryPressure=True", "NodeHasInsufficientMemory")]
    [InlineData("Ready=True DiskPressure=True", "Ready=False DiskPressure=False", "NodeNotReady NodeHasNoDiskPressure")]
    [InlineData("Ready=True Odd=True", "Ready=True Odd=False", "")]
    public void What_turns_is_told_once_under_the_names_of_kubelets(string before, string now, string expected) =>
        Assert.Equal(expected, string.Join(' ', NodeConditionEvents.Between(Read(before), Read(now))));

    private static Dictionary<string, string> Read(string conditions) =>
        conditions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
}
