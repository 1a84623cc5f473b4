namespace Slipway.ApiServer.Tests;

/// <summary>Documents and paths that many tests use.</summary>
internal static class Samples
{
    public const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    public const string Pods = "/api/v1/namespaces/default/pods";
    public const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    public const string CronTabs = "/apis/stable.example.com/v1/namespaces/default/crontabs";

    public static string ConfigMap(string name, string labels = "", string data = "") => $$$$"""
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{{name}}}}","labels":{ {{{{labels}}}} }},"data":{ {{{{data}}}} }}
        """;

    public static string Pod(string name, string extra = "", string metadata = "") => $$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}"{{metadata}} },"spec":{"containers":[{"name":"c","image":"i"}]{{extra}} } }
        """;

    public static string Definition(string extraVersion = "", string names = "") => $$$$"""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"crontabs.stable.example.com"},
         "spec":{"group":"stable.example.com","scope":"Namespaced",
          "names":{"plural":"crontabs","singular":"crontab","kind":"CronTab","shortNames":["ct"]{{{{names}}}}},
          "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
            "selectableFields":[{"jsonPath":".spec.image"}],
            "additionalPrinterColumns":[{"name":"Spec","type":"string","jsonPath":".spec.cronSpec"},
              {"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status"},
              {"name":"Replicas","type":"integer","jsonPath":".spec.replicas","priority":1}],
            "schema":{"openAPIV3Schema":{"type":"object","properties":{
              "spec":{"type":"object","required":["cronSpec"],"properties":{
                "cronSpec":{"type":"string"},"image":{"type":"string"},"replicas":{"type":"integer","default":1,"minimum":1}}},
              "status":{"type":"object","properties":{"conditions":{"type":"array","items":{"type":"object","properties":{"type":{"type":"string"},"status":{"type":"string"} } } } } } } } } }
          {{{{extraVersion}}}} ] } }
        """;

    public static string CronTab(string name, string spec = "\"cronSpec\":\"* * * * *\"", string rest = "") => $$$$"""
        {"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"{{{{name}}}}"},"spec":{ {{{{spec}}}} }{{{{rest}}}} }
        """;
}
