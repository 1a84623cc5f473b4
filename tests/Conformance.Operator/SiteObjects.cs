using k8s.Models;

namespace Slipway.Conformance.Operator;

/// <summary>The objects that a site owns, as configurations to apply.</summary>
internal sealed record SiteObjects(V1ConfigMap Pages, V1Service Service, V1Deployment Deployment)
{
    public static SiteObjects Of(Site site) => new(
        new() { ApiVersion = "v1", Kind = "ConfigMap", Metadata = Metadata(site, $"{site.Name()}-pages"), Data = site.Spec.Pages },
        new()
        {
            ApiVersion = "v1",
            Kind = "Service",
            Metadata = Metadata(site, site.Name()),
            Spec = new() { Selector = Labels(site), Ports = [new() { Port = 80, Protocol = "TCP" }] },
        },
        new()
        {
            ApiVersion = "apps/v1",
            Kind = "Deployment",
            Metadata = Metadata(site, site.Name()),
            Spec = new()
            {
                Replicas = site.Spec.Replicas,
                Selector = new() { MatchLabels = Labels(site) },
                Template = new()
                {
                    Metadata = new() { Labels = Labels(site) },
                    Spec = new()
                    {
                        Containers = [new() { Name = "web", Image = "example.com/web:1", VolumeMounts = [new() { Name = "pages", MountPath = "/pages" }] }],
                        Volumes = [new() { Name = "pages", ConfigMap = new() { Name = $"{site.Name()}-pages" } }],
                    },
                },
            },
        });

    private static Dictionary<string, string> Labels(Site site) => new() { [Site.Label] = site.Name() };

    private static V1ObjectMeta Metadata(Site site, string name) => new()
    {
        Name = name,
        Labels = Labels(site),
        OwnerReferences = [new() { ApiVersion = site.ApiVersion, Kind = site.Kind, Name = site.Name(), Uid = site.Uid(), Controller = true, BlockOwnerDeletion = true }],
    };
}
