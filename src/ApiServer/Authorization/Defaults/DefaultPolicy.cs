using Slipway.ApiServer.Authorization.Rbac;

namespace Slipway.ApiServer.Authorization.Defaults;

/// <summary>A role that every cluster has.</summary>
/// <param name="Key">Its namespace and name.</param>
/// <param name="Rules">Its rules; none for one that aggregates others.</param>
/// <param name="AggregatedTo">Aggregated role that it is part of; null if of none.</param>
/// <param name="Aggregates">What it aggregates: roles with the label <c>…/aggregate-to-X: "true"</c>; null for a plain role.</param>
internal sealed record DefaultRole(RoleKey Key, IReadOnlyList<PolicyRule> Rules, string? AggregatedTo, string? Aggregates);

/// <summary>The roles and bindings that every cluster has, from the tables beside this file.</summary>
/// <param name="Roles">The roles.</param>
/// <param name="Bindings">The bindings.</param>
/// <param name="Withdrawn">Bindings of parts that do not run beside the server: their subjects are to have no rights by them.</param>
internal sealed record DefaultPolicy(IReadOnlyList<DefaultRole> Roles, IReadOnlyList<RoleBinding> Bindings, IReadOnlyList<RoleBinding> Withdrawn)
{
    private const string FlowsBinding = "slipway:flows";
    private const string Controllers = "system:controller:";
    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];

    /// <summary>Reads the tables.</summary>
    /// <param name="flows">Whether the controllers of flows run beside the server.</param>
    public static DefaultPolicy Load(bool flows)
    {
        var roles = ReadRoles(Lines("roles.tsv"));
        var controllers = roles.Where(r => r.Key.Namespace.Length == 0 && r.Key.Name.StartsWith(Controllers, StringComparison.Ordinal))
            .Select(r => new RoleBinding("", r.Key.Name, r.Key,
                [new Subject("ServiceAccount", "kube-system", r.Key.Name[Controllers.Length..]), new Subject("User", "", "system:kube-controller-manager")]));
        var bindings = Lines("bindings.tsv").Select(ReadBinding).ToLookup(b => flows || b.Name != FlowsBinding);
        return new(roles, [.. bindings[true], .. controllers], [.. bindings[false]]);
    }

    /// <summary>The rules of a ClusterRole.</summary>
    public IReadOnlyList<PolicyRule> RulesOf(string clusterRole) => Roles.First(r => r.Key == new RoleKey("", clusterRole)).Rules;

    /// <summary>The rules of an aggregated role: those of its parts, which may aggregate others.</summary>
    public IEnumerable<PolicyRule> AggregatedRules(string aggregate) =>
        Roles.Where(r => r.AggregatedTo == aggregate).SelectMany(r => r.Aggregates is { } inner ? AggregatedRules(inner) : r.Rules);

    private static IEnumerable<string> Lines(string file)
    {
        using var stream = typeof(DefaultPolicy).Assembly.GetManifestResourceStream($"policy/{file}")
            ?? throw new InvalidOperationException($"the table {file} is not part of the program");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#') yield return line;
    }

    private static List<DefaultRole> ReadRoles(IEnumerable<string> lines)
    {
        var roles = new List<DefaultRole>();
        List<PolicyRule> rules = [];
        foreach (var line in lines)
        {
            var columns = line.Split('\t');
            if (columns is ["role", var name, var ns, var into, var of]) roles.Add(new(new(OrNone(ns), name), rules = [], into == "-" ? null : into, of == "-" ? null : of));
            else rules.Add(ReadRule(columns));
        }
        return roles;
    }

    private static PolicyRule ReadRule(string[] columns)
    {
        string[] verbs = [.. columns[1].Split(' ').SelectMany(v => v switch { "read" => Read, "write" => Write, _ => [v] }).Order(StringComparer.Ordinal)];
        return columns[2] == "url"
            ? new PolicyRule { Verbs = verbs, NonResourceUrls = columns[3].Split(' ') }
            : new PolicyRule
            {
                Verbs = verbs,
                ApiGroups = [.. columns[2].Split(' ').Select(g => g == "core" ? "" : g)],
                Resources = columns[3].Split(' '),
                ResourceNames = columns.Length > 4 ? columns[4].Split(' ') : [],
            };
    }

    private static RoleBinding ReadBinding(string line)
    {
        var columns = line.Split('\t');
        var ns = OrNone(columns[1]);
        var role = columns[2].StartsWith("Role/", StringComparison.Ordinal) ? new RoleKey(ns, columns[2]["Role/".Length..]) : new RoleKey("", columns[2]["ClusterRole/".Length..]);
        return new(ns, columns[0], role, [.. columns[3].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ReadSubject)]);
    }

    private static Subject ReadSubject(string text)
    {
        var (kind, name) = (text[..text.IndexOf(':')], text[(text.IndexOf(':') + 1)..]);
        return kind == "ServiceAccount" ? new(kind, name[..name.IndexOf(':')], name[(name.IndexOf(':') + 1)..]) : new(kind, "", name);
    }

    private static string OrNone(string text) => text == "-" ? "" : text;
}
