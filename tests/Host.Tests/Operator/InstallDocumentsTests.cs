using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Host.Operator;

public sealed class InstallDocumentsTests
{
    private static readonly InstallOptions Options = new("slipway-system", "registry.example/slipway:1", 2, "20Gi", "fast", "ReadWriteMany", HasDeployment: true);

    /// <summary>The rights of the operator are a contract: each change shows as a diff.</summary>
    [Fact]
    public void What_is_installed_is_its_snapshot() =>
        Snapshot.Matches("install-objects.yaml", string.Join("---\n", InstallDocuments.For(Options).Where(d => d.Kind != "CustomResourceDefinition").Select(d => DocumentWriter.ToYaml(d))));

    [Fact]
    public void Definitions_come_first()
    {
        var documents = InstallDocuments.For(Options);
        Assert.Equal(["artifactstores.slipway.dev", "flowbackfills.slipway.dev", "flowruns.slipway.dev", "flows.slipway.dev", "flowtests.slipway.dev", "lineagesinks.slipway.dev"], documents.TakeWhile(d => d.Kind == "CustomResourceDefinition").Select(d => d.Name));
    }

    [Fact]
    public void Beside_a_cluster_there_is_neither_Deployment_nor_volume()
    {
        var kinds = InstallDocuments.For(Options with { HasDeployment = false }).Select(d => d.Kind).ToList();
        Assert.DoesNotContain("Deployment", kinds);
        Assert.DoesNotContain("PersistentVolumeClaim", kinds);
        Assert.Contains("Service", kinds);
    }

    [Fact]
    public void A_class_that_is_not_given_is_the_clusters()
    {
        var claim = InstallDocuments.For(Options with { StorageClass = null }).Single(d => d.Kind == "PersistentVolumeClaim");
        Assert.False(((JsonObject)claim["spec"]!).ContainsKey("storageClassName"));
    }
}
