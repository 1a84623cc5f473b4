using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of containers.</summary>
/// <param name="causes">Where findings go.</param>
/// <param name="volumes">Names of the pod's volumes.</param>
internal sealed partial class ContainerRules(List<StatusCause> causes, HashSet<string> volumes)
{
    private static readonly string[] EnvironmentFields = ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];
    private static readonly string[] ResourceFields = ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

    // Names are unique over all lists of containers of a pod.
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    public void Validate(JsonObject spec, string list, string path)
    {
        var i = 0;
        foreach (var container in spec.Objects(list))
        {
            var at = $"{path}.{list}[{i++}]";
            Container(container, at);
            if (list == "initContainers") Init(container, at);
        }
    }

    private void Container(JsonObject container, string path)
    {
        if (Required(container, "name", path, causes))
        {
            Grammar(container, "name", Names.LabelError, path, causes);
            if (!names.Add(container.Text("name")!)) causes.Add(StatusCause.Duplicate($"{path}.name", Quote(container.Text("name")!)));
        }
        if (Required(container, "image", path, causes) && container.Text("image") is { } image && image != image.Trim())
            causes.Add(StatusCause.Invalid($"{path}.image", Quote(image), "must not have leading or trailing whitespace"));
        Ports(container, path);
        Environment(container, path);
        Mounts(container, path);
        ResourceRules.Validate(container.Object("resources"), $"{path}.resources", causes);
        foreach (var name in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
            if (container.Object(name) is { } probe) HandlerRules.Probe(probe, name, $"{path}.{name}", causes);
        foreach (var name in new[] { "postStart", "preStop" })
            if (container.Object("lifecycle")?.Object(name) is { } handler) HandlerRules.Validate(handler, $"{path}.lifecycle.{name}", causes);
        if (container.Object("securityContext") is { } security) Security(security, $"{path}.securityContext");
    }

    private void Init(JsonObject container, string path)
    {
        if (container.Text("restartPolicy") == "Always") return;
        foreach (var name in new[] { "lifecycle", "livenessProbe", "readinessProbe", "startupProbe" })
            if (container[name] is not null) causes.Add(StatusCause.Forbidden($"{path}.{name}", "may not be set for init containers without restartPolicy=Always"));
    }

    private void Ports(JsonObject container, string path)
    {
        var portNames = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var port in container.Objects("ports"))
        {
            var at = $"{path}.ports[{i++}]";
            if (port.Text("name") is { Length: > 0 } name)
            {
                if (HandlerRules.PortNameError(name) is { } error) causes.Add(StatusCause.Invalid($"{at}.name", Quote(name), error));
                else if (!portNames.Add(name)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(name)));
            }
            if (port.Integer("containerPort") is null or 0) causes.Add(StatusCause.Required($"{at}.containerPort"));
            else Between(port, "containerPort", 1, 65535, at, causes);
            if (port.Integer("hostPort") is not (null or 0)) Between(port, "hostPort", 1, 65535, at, causes);
        }
    }

    private void Environment(JsonObject container, string path)
    {
        var i = 0;
        foreach (var variable in container.Objects("env"))
        {
            var at = $"{path}.env[{i++}]";
            if (Required(variable, "name", at, causes) && !VariableName().IsMatch(variable.Text("name")!))
                causes.Add(StatusCause.Invalid($"{at}.name", Quote(variable.Text("name")!), "a valid environment variable name must consist only of printable ASCII characters other than '='"));
            if (variable.Object("valueFrom") is { } from) ValueFrom(variable, from, $"{at}.valueFrom");
        }
        i = 0;
        foreach (var source in container.Objects("envFrom"))
        {
            var at = $"{path}.envFrom[{i++}]";
            var kinds = source.Where(p => p.Value is JsonObject).Select(p => p.Key).ToArray();
            if (kinds.Length != 1) causes.Add(StatusCause.Invalid(at, "\"\"", kinds.Length == 0 ? "must specify one of: `configMapRef` or `secretRef`" : "may not have more than one field specified at a time"));
            foreach (var kind in kinds) Required(source.Object(kind)!, "name", $"{at}.{kind}", causes);
        }
    }

    private void ValueFrom(JsonObject variable, JsonObject from, string path)
    {
        var kinds = from.Where(p => p.Value is JsonObject).Select(p => p.Key).ToArray();
        if (kinds.Length == 0) causes.Add(StatusCause.Invalid(path, "\"\"", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
        if (kinds.Length > 1) causes.Add(StatusCause.Invalid(path, "\"\"", "may not have more than one field specified at a time"));
        if (kinds.Length > 0 && !string.IsNullOrEmpty(variable.Text("value"))) causes.Add(StatusCause.Invalid(path, "\"\"", "may not be specified when `value` is not empty"));
        foreach (var kind in kinds)
        {
            var source = from.Object(kind)!;
            var at = $"{path}.{kind}";
            switch (kind)
            {
                case "fieldRef":
                    FieldReference.Validate(source, EnvironmentFields, at, causes);
                    break;
                case "resourceFieldRef":
                    if (Required(source, "resource", at, causes) && !ResourceFields.Contains(source.Text("resource")) && !source.Text("resource")!.Contains(".hugepages-", StringComparison.Ordinal))
                        causes.Add(StatusCause.NotSupported($"{at}.resource", Quote(source.Text("resource")!), ResourceFields));
                    break;
                case "configMapKeyRef" or "secretKeyRef":
                    Required(source, "name", at, causes);
                    if (Required(source, "key", at, causes)) Grammar(source, "key", Names.ConfigKeyError, at, causes);
                    break;
            }
        }
    }

    private void Mounts(JsonObject container, string path)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var mount in container.Objects("volumeMounts"))
        {
            var at = $"{path}.volumeMounts[{i++}]";
            if (Required(mount, "name", at, causes) && !volumes.Contains(mount.Text("name")!))
                causes.Add(new("FieldValueNotFound", $"{at}.name", $"Not found: {Quote(mount.Text("name")!)}"));
            if (Required(mount, "mountPath", at, causes) && !paths.Add(mount.Text("mountPath")!))
                causes.Add(StatusCause.Invalid($"{at}.mountPath", Quote(mount.Text("mountPath")!), "must be unique"));
            LocalPath(mount.Text("subPath"), $"{at}.subPath", causes);
            LocalPath(mount.Text("subPathExpr"), $"{at}.subPathExpr", causes);
            if (!string.IsNullOrEmpty(mount.Text("subPath")) && !string.IsNullOrEmpty(mount.Text("subPathExpr")))
                causes.Add(StatusCause.Invalid($"{at}.subPathExpr", Quote(mount.Text("subPathExpr")!), "subPathExpr and subPath are mutually exclusive"));
        }
    }

    private void Security(JsonObject security, string path)
    {
        foreach (var name in new[] { "runAsUser", "runAsGroup" }) Between(security, name, 0, int.MaxValue, path, causes);
        if (security.Boolean("allowPrivilegeEscalation") == false && security.Boolean("privileged") == true)
            causes.Add(StatusCause.Invalid(path, security.Shown(), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
    }

    [GeneratedRegex(@"^[ -<>-~]+\z")]
    private static partial Regex VariableName();
}
