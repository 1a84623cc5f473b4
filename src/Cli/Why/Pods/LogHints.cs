using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>What the last lines of a log say of the cluster: a name that is in another namespace, a variable that is missing, a file system that is read-only.</summary>
internal static partial class LogHints
{
    /// <summary>The cause that the lines point at; null when they say nothing that the pod's declaration could mend.</summary>
    public static Cause? Of(Inquiry inquiry, JsonObject pod, string container, IReadOnlyList<string> lines, Declaration declared)
    {
        var path = Declaration.Container(pod, container);
        var spec = ContainerCauses.Declared(pod, container) ?? [];
        foreach (var line in lines.Reverse())
        {
            if (line.Contains("ead-only file system", StringComparison.Ordinal) && spec.Object("securityContext")?.Boolean("readOnlyRootFilesystem") is true)
                return WritesToRoot(path, FilePath().Match(line).Value, declared);
            if (pod.At("spec.dnsPolicy").AsText() == "None" && Unresolved().IsMatch(line))
                return OwnNameServers(pod, declared);
            if (UnknownHost().Match(line) is { Success: true } host)
                return Host(inquiry, pod, Name(host));
            if (AwaitedHost().Match(line) is { Success: true } awaited && Name(awaited) is var wanted && !inquiry.List(KindName.Service, pod.Namespace).Any(service => service.Name == wanted.Split('.')[0]))
                return Host(inquiry, pod, wanted);
            if (Forbidden().Match(line) is { Success: true } forbidden)
                return MayNot(forbidden);
            if (MissingVariable().Match(line) is { Success: true } variable)
            {
                return new Cause($"It wants the environment variable {Name(variable)}, which is not set")
                {
                    Remedy = declared.Change("Set it", $"{path}.env", $"[{{name: {Name(variable)}, value: \"VALUE\"}}]", $"kubectl set env {declared.Name} -c {container} {Name(variable)}=VALUE -n {pod.Namespace}"),
                };
            }
            if (PrivilegedPort().IsMatch(line))
            {
                return new Cause("It wants to listen on a port below 1024, which its user may not")
                {
                    Remedy = declared.Change("Let it listen on a higher port, or allow it", $"{path}.securityContext.capabilities.add", "[NET_BIND_SERVICE]"),
                };
            }
            if (line.Contains("ddress already in use", StringComparison.Ordinal))
                return new Cause("Another process of its pod, or of its node when it uses the node's network, listens on its port") { Remedy = new("Give each its own port") };
            var denied = Denied().Match(line);
            if (denied.Success && Mount(pod, spec, denied.Groups["path"].Value) is { } mount)
            {
                return new Cause($"Its user may not write to the volume at {mount}")
                {
                    Remedy = declared.Change("Let the volume belong to a group that the pod's processes are in", "securityContext.fsGroup", "1000"),
                };
            }
            if (denied.Success && IsOfImage(spec, denied.Groups["path"].Value))
                return WritesToImage(pod, spec, path, denied.Groups["path"].Value, declared);
            if (line.Contains("o space left on device", StringComparison.Ordinal) && line.Contains("/dev/shm", StringComparison.Ordinal))
            {
                return new Cause("Its shared memory (/dev/shm, 64 MB) is full")
                {
                    Remedy = declared.Change("Mount a larger one there (volumes: [{name: shm, emptyDir: {medium: Memory}}])", $"{path}.volumeMounts", "[{name: shm, mountPath: /dev/shm}]"),
                };
            }
            if (line.Contains("o space left on device", StringComparison.Ordinal))
                return new Cause("The disk or volume that it writes to is full") { Remedy = new("Make room, or give the volume a larger size") };
            if (Refused().IsMatch(line) && ServiceOf(inquiry, pod, line) is { } cause)
                return cause;
            if (TimedOut().IsMatch(line) && CutOff(inquiry, pod, spec, line) is { } cut)
                return cut;
        }
        return null;
    }

    private static Cause MayNot(Match forbidden)
    {
        var (ns, account, verb, resource, group) =
            (forbidden.Groups["ns"].Value, forbidden.Groups["account"].Value, forbidden.Groups["verb"].Value, forbidden.Groups["resource"].Value, forbidden.Groups["group"].Value);
        var role = $"{account}-{verb}-{resource.Replace('/', '-')}";
        return new Cause($"Its service account {account} may not {verb} {resource}")
        {
            Remedy = new("Give it a role that may")
            {
                Command = $"kubectl create role {role} -n {ns} --verb={verb} --resource={(group.Length == 0 ? resource : $"{resource}.{group}")} && kubectl create rolebinding {role} -n {ns} --role={role} --serviceaccount={ns}:{account}",
            },
        };
    }

    private static Cause WritesToRoot(string path, string file, Declaration declared)
    {
        var directory = file.LastIndexOf('/') is > 0 and var slash ? file[..slash] : file.Length > 0 ? file : "/tmp";
        return new Cause($"It writes to {(file.Length > 0 ? file : "its file system")}, which is read-only (readOnlyRootFilesystem)")
        {
            Remedy = declared.Change($"Mount an emptyDir there (volumes: [{{name: scratch, emptyDir: {{}}}}])", $"{path}.volumeMounts", $"[{{name: scratch, mountPath: {directory}}}]"),
        };
    }

    private static Cause WritesToImage(JsonObject pod, JsonObject spec, string path, string file, Declaration declared)
    {
        var user = (spec.Object("securityContext") ?? []).Integer("runAsUser") ?? pod.At("spec.securityContext.runAsUser").AsInteger();
        var directory = file.LastIndexOf('/') is > 0 and var slash ? file[..slash] : file;
        return new Cause($"Its user{(user is { } id ? string.Create(CultureInfo.InvariantCulture, $" {id}") : "")} may not write to {file}, which is in the image")
        {
            Remedy = declared.Change($"Mount a volume there (volumes: [{{name: scratch, emptyDir: {{}}}}]), or let the image give the directory to that user", $"{path}.volumeMounts", $"[{{name: scratch, mountPath: {directory}}}]"),
        };
    }

    private static bool IsOfImage(JsonObject spec, string file) => !((string[])["/proc/", "/sys/", "/dev/"]).Any(own => file.StartsWith(own, StringComparison.Ordinal))
        && !spec.Objects("volumeMounts").Any(mount => IsIn(file, mount.Text("mountPath") ?? ""));

    private static bool IsIn(string file, string directory) => file == directory || file.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static Cause? Host(Inquiry inquiry, JsonObject pod, string host)
    {
        var labels = host.TrimEnd('.').Split('.');
        var (name, ns) = (labels[0], labels.Length > 1 && labels is not [_, "local", ..] ? labels[1] : pod.Namespace);
        var services = inquiry.List(KindName.Service, "");
        var isShort = labels.Length == 1 || labels is [_, _, "svc", ..] || labels.Length == 2 && inquiry.Find(KindName.Namespace, "", labels[1]) is not null;
        if (services.FirstOrDefault(service => service.Name == name && service.Namespace != ns) is { } elsewhere)
        {
            return new Cause($"It looks up \"{host}\"; the service {name} is in namespace {elsewhere.Namespace}, and names without one mean the pod's own ({pod.Namespace})")
            {
                Remedy = new($"Use the name {name}.{elsewhere.Namespace}"),
            };
        }
        if (!isShort)
            return new Cause($"It looks up \"{host}\", which has no address") { Remedy = new("Correct the name; if it is right, look at the cluster's and the node's name servers") };
        var near = NearestName.Of(name, services.Where(service => service.Namespace == ns).Select(service => service.Name));
        return new Cause($"It looks up \"{host}\", and namespace {ns} has no service \"{name}\"")
        {
            Remedy = near is not null ? new($"Use the name {near}") : new("Create the service, or correct the name") { Command = $"kubectl expose deployment {name} --port=PORT -n {ns}" },
        };
    }

    private static Cause OwnNameServers(JsonObject pod, Declaration declared)
    {
        var servers = (pod.At("spec.dnsConfig.nameservers") as JsonArray ?? []).Select(server => server.AsText()).OfType<string>().ToList();
        return new Cause($"It asks {(servers.Count == 0 ? "no name server" : $"the name server {Words.List(servers)} alone")} (dnsPolicy None), and finds no names")
        {
            Remedy = declared.Change("Let it ask the cluster's DNS, or name servers that answer in dnsConfig.nameservers", "dnsPolicy", "ClusterFirst"),
        };
    }

    // Whom it waits for stands in the line, or else in what the container is told to do.
    private static Cause? CutOff(Inquiry inquiry, JsonObject pod, JsonObject container, string line)
    {
        foreach (var text in (ReadOnlySpan<string>)[line, container.ToJsonString()])
        {
            var words = Word().Matches(text).SelectMany(match => new[] { match.Value, match.Value.Split('.')[0] }).ToHashSet(StringComparer.Ordinal);
            foreach (var service in inquiry.List(KindName.Service, pod.Namespace).Where(service => words.Contains(service.Name) || service.At("spec.clusterIP").AsText() is { Length: > 0 } address && words.Contains(address)).OrderBy(service => service.Name, StringComparer.Ordinal))
                if (Network.PolicyCauses.Between(inquiry, pod, service) is { } cause)
                    return new Cause($"Service {service.Name} does not answer it") { Because = [cause] };
        }
        return null;
    }

    private static Cause? ServiceOf(Inquiry inquiry, JsonObject pod, string line)
    {
        var words = Word().Matches(line).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);
        if (inquiry.List(KindName.Service, pod.Namespace).FirstOrDefault(service => words.Contains(service.Name)
            || service.At("spec.clusterIP").AsText() is { Length: > 0 } address && address != "None" && words.Contains(address)) is not { } named)
            return null;
        var causes = Network.ServiceCauses.Of(inquiry, named);
        return causes.Count == 0 ? null : new Cause($"Service {named.Name} does not answer") { Because = causes };
    }

    // The volume's mount that a path is in; null when it is in the image.
    private static string? Mount(JsonObject pod, JsonObject spec, string file) => file.Length == 0 ? null : spec.Objects("volumeMounts")
        .Where(mount => mount.Boolean("readOnly") != true && (pod.Object("spec")?.Objects("volumes") ?? []).Any(volume => volume.Text("name") == mount.Text("name")))
        .Select(mount => mount.Text("mountPath") ?? "").FirstOrDefault(path => IsIn(file, path));

    private static string Name(Match match) => match.Groups.Values.Skip(1).First(group => group.Success).Value;

    [GeneratedRegex("""(?<![\w./-])/[\w.-]+(?:/[\w.-]+)*""")]
    private static partial Regex FilePath();

    [GeneratedRegex("""lookup ([a-z0-9.-]+)(?: on \S+)?: (?:no such host|server misbehaving)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([a-z0-9.-]+)|translate host name "([a-z0-9.-]+)"|bad address '([a-z0-9.-]+)'|[Cc]ould not resolve host:? '?([a-z0-9.-]+)|UnknownHostException: ([a-z0-9.-]+)|host='([a-z0-9.-]+)'.*(?:Name or service not known|name resolution)|Unknown (?:MySQL server )?host '?([a-z0-9.-]+)|can't (?:find|resolve) '?([a-z0-9-]+)(?![a-z0-9.-])""")]
    private static partial Regex UnknownHost();

    [GeneratedRegex("""[Ww]aiting for (?:(?:the )?(?:service|host|server) )?"?'?([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*)'?"?(?::\d+)?(?: to .*|\s*\.*)$""")]
    private static partial Regex AwaitedHost();

    [GeneratedRegex("""User "system:serviceaccount:(?<ns>[^:"]+):(?<account>[^"]+)" cannot (?<verb>\w+) resource "(?<resource>[^"]+)"(?: in API group "(?<group>[^"]*)")?""", RegexOptions.ExplicitCapture)]
    private static partial Regex Forbidden();

    [GeneratedRegex("""KeyError: '([A-Z][A-Z0-9_]{2,})'|(?:environment variable|env var)s? "?'?\$?([A-Z][A-Z0-9_]{2,})|\b([A-Z][A-Z0-9_]{3,}) (?:is not set|must be set|is not defined|is required|not specified)|: ([A-Z][A-Z0-9_]{2,}): (?:parameter not set|unbound variable)|specify ([A-Z][A-Z0-9_]{3,})""")]
    private static partial Regex MissingVariable();

    [GeneratedRegex(@"bind\S*:? .*[Pp]ermission denied|[Pp]ermission denied.*\b(?:bind|listen|port)\b|EACCES.*(?::|port )\d{1,3}\b")]
    private static partial Regex PrivilegedPort();

    [GeneratedRegex("""(?:'|")?(?<path>/[^\s':"]+)(?:'|")?: Permission denied|Permission denied: '(?<path>/[^']+)'|open (?<path>/[^\s:]+): permission denied|EACCES: permission denied, \w+ '(?<path>/[^']+)'""", RegexOptions.ExplicitCapture)]
    private static partial Regex Denied();

    [GeneratedRegex("[Nn]ame or service not known|name resolution|no such host|server misbehaving|bad address|[Cc]ould not resolve|EAI_AGAIN|ENOTFOUND")]
    private static partial Regex Unresolved();

    [GeneratedRegex("timed out|[Tt]imeout|ETIMEDOUT|deadline exceeded|[Nn]o route to host|EHOSTUNREACH")]
    private static partial Regex TimedOut();

    [GeneratedRegex("[Cc]onnection refused|ECONNREFUSED")]
    private static partial Regex Refused();

    [GeneratedRegex(@"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")]
    private static partial Regex Word();
}
