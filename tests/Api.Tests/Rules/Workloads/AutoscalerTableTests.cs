namespace Slipway.Api.Tests.Rules.Workloads;

/// <summary>Autoscalers and disruption budgets, with what Kubernetes' own validation says of them.</summary>
public sealed class AutoscalerTableTests
{
    private static readonly RuleTable Table = new("autoscaling", "HorizontalPodAutoscaler", "apiVersion: autoscaling/v2\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, minReplicas: 1, maxReplicas: 5}");

    private static readonly RuleTable Budgets = new("policy", "PodDisruptionBudget", "spec: {selector: {matchLabels: {a: b}}}");

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {minReplicas: -1}", "spec.minReplicas: Invalid value: -1: must be greater than or equal to 1")]
    [InlineData("spec: {minReplicas: 7}", "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`")]
    [InlineData("spec: {minReplicas: null, maxReplicas: 0}", "spec.maxReplicas: Invalid value: 0: must be greater than 0\nspec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`")]
    [InlineData("spec: {scaleTargetRef: {kind: null}}", "spec.scaleTargetRef.kind: Required value")]
    [InlineData("spec: {scaleTargetRef: {kind: ..}}", "spec.scaleTargetRef.kind: Invalid value: \"..\": may not be '..'")]
    [InlineData("spec: {scaleTargetRef: {name: null}}", "spec.scaleTargetRef.name: Required value")]
    [InlineData("spec: {scaleTargetRef: {name: ..}}", "spec.scaleTargetRef.name: Invalid value: \"..\": may not be '..'")]
    [InlineData("spec: {scaleTargetRef: {apiVersion: a/b/c}}", "spec.scaleTargetRef.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c")]
    [InlineData("spec: {metrics: [{}]}", "spec.metrics[0].type: Required value: must specify a metric source type\nspec.metrics[0].type: Unsupported value: \"\"")]
    [InlineData("spec: {metrics: [{type: Odd}]}", "spec.metrics[0].type: Unsupported value: \"Odd\": supported values: \"ContainerResource\", \"External\", \"Object\", \"Pods\", \"Resource\"")]
    [InlineData("spec: {metrics: [{type: Resource}]}", "spec.metrics[0].resource: Required value: must populate information for the given metric source")]
    [InlineData("spec: {metrics: [{type: Resource, resource: {target: {type: Utilization, averageUtilization: 1}}}]}", "spec.metrics[0].resource.name: Required value: must specify a resource name")]
    [InlineData("spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]}", "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization")]
    [InlineData("spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 0}}}]}", "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0")]
    [InlineData("spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 1, averageValue: 1}}}]}", "spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization")]
    [InlineData("spec: {metrics: [{type: Resource, resource: {name: cpu, target: {averageUtilization: 1}}}]}", "spec.metrics[0].resource.target.type: Required value: must specify a metric target type\nspec.metrics[0].resource.target.type: Invalid value: \"\": must be either Utilization, Value, or AverageValue")]
    [InlineData("spec: {metrics: [{type: ContainerResource, containerResource: {name: cpu, target: {type: Utilization, averageUtilization: 1}}}]}", "spec.metrics[0].containerResource.container: Required value: must specify a container")]
    [InlineData("spec: {metrics: [{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue}}}]}", "spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue")]
    [InlineData("spec: {metrics: [{type: Pods, pods: {metric: {name: foo/..}, target: {type: AverageValue, averageValue: 1}}}]}", "spec.metrics[0].pods.metric.name: Invalid value: \"foo/..\": may not contain '/'")]
    [InlineData("spec: {metrics: [{type: Pods, pods: {metric: {}, target: {type: AverageValue, averageValue: 1}}}]}", "spec.metrics[0].pods.metric.name: Required value: must specify a metric name")]
    [InlineData("spec: {metrics: [{type: Object, object: {describedObject: {kind: K}, metric: {name: m}, target: {type: Value, value: 1}}}]}", "spec.metrics[0].object.describedObject.name: Required value")]
    [InlineData("spec: {metrics: [{type: Object, object: {describedObject: {kind: K, name: n}, metric: {name: m}, target: {type: Value}}}]}", "spec.metrics[0].object.target.averageValue: Required value: must set either a target value or averageValue")]
    [InlineData("spec: {metrics: [{type: Object, object: {describedObject: {kind: K, name: n}, metric: {name: m}, target: {type: Value, value: 0}}}]}", "spec.metrics[0].object.target.value: Invalid value: \"0\": must be positive")]
    [InlineData("spec: {metrics: [{type: External, external: {metric: {name: m}, target: {type: Value, value: 1, averageValue: 1}}}]}", "spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target")]
    [InlineData("spec: {metrics: [{type: Pods, resource: {name: cpu, target: {type: Utilization, averageUtilization: 1}}, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 1}}}]}", "spec.metrics[0].resource: Forbidden: must populate the given metric source only")]
    [InlineData("spec: {behavior: {scaleUp: {stabilizationWindowSeconds: -1}}}", "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero")]
    [InlineData("spec: {behavior: {scaleDown: {stabilizationWindowSeconds: 3601}}}", "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600")]
    [InlineData("spec: {behavior: {scaleUp: {policies: []}}}", "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy")]
    [InlineData("spec: {behavior: {scaleUp: {selectPolicy: Odd}}}", "spec.behavior.scaleUp.selectPolicy: Unsupported value: \"Odd\": supported values: \"Disabled\", \"Max\", \"Min\"")]
    [InlineData("spec: {behavior: {scaleUp: {policies: [{type: Odd, value: 1, periodSeconds: 1}]}}}", "spec.behavior.scaleUp.policies[0].type: Unsupported value: \"Odd\": supported values: \"Percent\", \"Pods\"")]
    [InlineData("spec: {behavior: {scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 1}]}}}", "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero")]
    [InlineData("spec: {behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 1801}]}}}", "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800")]
    public void Autoscalers(string change, string expected) => Table.Check(change, expected);

    /// <summary>No replicas at all, which older servers could be told to allow, needs a metric that is not of the pods.</summary>
    [Theory]
    [InlineData("spec: {maxReplicas: 4}", "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas")]
    [InlineData("spec: {metrics: [{type: External, external: {metric: {name: m}, target: {type: Value, value: 1}}}]}", "")]
    public void UpdatesOfAutoscalersOfNone(string after, string expected) => Table.CheckUpdate("spec: {minReplicas: 0}", after, expected);

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {minAvailable: 1, maxUnavailable: 1}", "spec: Invalid value: {")]
    [InlineData("spec: {minAvailable: -1}", "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {minAvailable: 1.1%}", "spec.minAvailable: Invalid value: \"1.1%\": a valid percent string must be")]
    [InlineData("spec: {minAvailable: nope}", "spec.minAvailable: Invalid value: \"nope\": a valid percent string must be")]
    [InlineData("spec: {minAvailable: -1%}", "spec.minAvailable: Invalid value: \"-1%\": a valid percent string must be")]
    [InlineData("spec: {minAvailable: 101%}", "spec.minAvailable: Invalid value: \"101%\": must not be greater than 100%")]
    [InlineData("spec: {maxUnavailable: 101%}", "spec.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%")]
    [InlineData("spec: {minAvailable: 100%}", "")]
    [InlineData("spec: {maxUnavailable: 0}", "")]
    [InlineData("spec: {unhealthyPodEvictionPolicy: Invalid}", "spec.unhealthyPodEvictionPolicy: Unsupported value: \"Invalid\": supported values: \"AlwaysAllow\", \"IfHealthyBudget\"")]
    [InlineData("spec: {selector: {matchLabels: {a: -b}}}", "spec.selector.matchLabels: Invalid value: \"-b\": a valid label must be")]
    [InlineData("metadata: {finalizers: [x]}", "")]
    public void DisruptionBudgets(string change, string expected) => Budgets.Check(change, expected);
}
