using System.Globalization;
using System.Text;

namespace Slipway.Network.Ingress;

/// <summary>Ingresses for tables.</summary>
internal static class MakeIngress
{
    /// <summary>An ingress of the namespace <c>shop</c> from its rules, or from the text of its spec.</summary>
    public static IngressView Of(string name, params string[] rules) => Of(name, $"\"rules\":[{string.Join(',', rules)}]");

    /// <summary>The same, created in a second of its own.</summary>
    public static IngressView Of(string name, string spec, int created = 0) => NetworkKinds.Ingresses.Read(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $$"""{"metadata":{"namespace":"shop","name":"{{name}}","uid":"{{name}}","creationTimestamp":"2026-01-01T00:00:{{created:00}}Z"},"spec":{{{(spec.StartsWith('{') ? $"\"rules\":[{spec}]" : spec)}}} }""")));
}
