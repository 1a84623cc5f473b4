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
}
