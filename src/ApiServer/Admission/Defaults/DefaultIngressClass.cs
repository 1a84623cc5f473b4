using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Admission.Defaults;

/// <summary>Gives ingresses that name no class the default one.</summary>
internal sealed class DefaultIngressClass(CacheFeed feed) : AdmissionPlugin
{
    private const string Annotation = "kubernetes.io/ingress.class";
    private readonly PolicyObjects<DefaultClass> _classes = new(feed, "networking.k8s.io", "ingressclasses",
        d => DefaultClass.Read(d, "ingressclass.kubernetes.io/is-default-class"));

    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        type is { Group: "networking.k8s.io", Plural: "ingresses" } && subresource.Length == 0 && operation == Operation.Create;

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var ingress = request.Object!;
        var spec = ingress.ObjectOrNew("spec");
        if (spec["ingressClassName"] is null && ingress.Annotations?[Annotation] is null && DefaultClass.Of(_classes.All) is { } name)
            spec["ingressClassName"] = name;
        return ValueTask.CompletedTask;
    }
}
