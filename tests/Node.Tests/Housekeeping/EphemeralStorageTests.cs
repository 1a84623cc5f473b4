using System.Globalization;
using k8s.Models;
using Slipway.Node.Housekeeping;

namespace Slipway.Node.Tests.Housekeeping;

public sealed class EphemeralStorageTests
{
    // Containers as name:use in MiB:limit, an init container with i, a sidecar with s before its name; MiB in volumes.
    [Theory]
    [InlineData("a:9:", 99, null)]
    [InlineData("a:9:10Mi", 0, null)]
    [InlineData("a:10:10Mi", 0, null)]
    [InlineData("a:9:10Mi", 2, "Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ")]
    [InlineData("a:1:10Mi b:12:", 0, "Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ")]
    [InlineData("a:1:10Mi b:12:10Mi", 0, "Container b exceeded its local ephemeral storage limit \"10Mi\". ")]
    [InlineData("a:1:10Mi b:12:10Mi", 9, "Pod ephemeral local storage usage exceeds the total limit of containers 20Mi. ")]
    [InlineData("ix:0:30Mi a:5:10Mi", 20, null)]
    [InlineData("sx:0:30Mi a:5:10Mi", 30, null)]
    [InlineData("ix:31:30Mi a:0:10Mi b:0:10Mi c:0:10Mi d:0:10Mi", 0, "Container ix exceeded its local ephemeral storage limit \"30Mi\". ")]
    public void A_pod_is_held_to_the_limits_of_its_containers(string containers, int volumes, string? message)
    {
        var all = containers.Split(' ').Select(c => c.Split(':')).ToList();
        var pod = new V1Pod
        {
            Spec = new()
            {
                InitContainers = [.. all.Where(c => c[0].Length == 2).Select(Container)],
                Containers = [.. all.Where(c => c[0].Length == 1).Select(Container)],
            },
        };
        Assert.Equal(message, EphemeralStorage.Exceeded(pod, all.ToDictionary(c => c[0], c => long.Parse(c[1], CultureInfo.InvariantCulture) << 20), (long)volumes << 20));
    }

    private static V1Container Container(string[] given) => new()
    {
        Name = given[0],
        RestartPolicy = given[0][0] == 's' ? "Always" : null,
        Resources = given[2].Length == 0 ? null : new() { Limits = new Dictionary<string, ResourceQuantity> { ["ephemeral-storage"] = new(given[2]) } },
    };
}
