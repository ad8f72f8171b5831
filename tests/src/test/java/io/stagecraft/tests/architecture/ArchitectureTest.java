package io.stagecraft.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Who may know whom, and the habits that a machine can check.
@AnalyzeClasses(packages = "io.stagecraft", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String TRANSPORT = "io.stagecraft.transport..";
    private static final String MODEL = "io.stagecraft.model..";
    private static final String STAGES = "io.stagecraft.stages..";
    private static final String ACTORS = "io.stagecraft.actors..";

    @ArchTest
    static final ArchRule shouldKeepTransportALeaf = noClasses()
            .that()
            .resideInAPackage(TRANSPORT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(MODEL, STAGES, ACTORS, "akka..", "com.typesafe..");

    @ArchTest
    static final ArchRule shouldKeepModelALeaf = noClasses()
            .that()
            .resideInAPackage(MODEL)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(TRANSPORT, STAGES, ACTORS, "akka..", "com.typesafe..", "io.aeron..", "org.agrona..");

    @ArchTest
    static final ArchRule shouldKeepStagesFreeOfActors = noClasses()
            .that()
            .resideInAPackage(STAGES)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ACTORS, "akka..", "com.typesafe..", "io.aeron..", "org.agrona..");

    @ArchTest
    static final ArchRule shouldReadConfigurationInOnePlace = noClasses()
            .that()
            .resideInAPackage(ACTORS)
            .and()
            .resideOutsideOfPackages("io.stagecraft.actors.config..", "io.stagecraft.actors.cli..")
            .should()
            .callMethodWhere(com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                    com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner(
                            com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo(
                                    com.typesafe.config.Config.class))));

    @ArchTest
    static final ArchRule shouldNotReadSystemPropertiesElsewhere = noClasses()
            .that(resideInAPackage("io.stagecraft..")
                    .and(not(resideInAnyPackage("io.stagecraft.actors.cli..", "io.stagecraft.actors.config.."))))
            .should()
            .callMethod(System.class, "getProperty", String.class)
            .orShould()
            .callMethod(System.class, "getProperty", String.class, String.class)
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "getenv");

    @ArchTest
    static final ArchRule shouldNeverLeaveMemoryToTheGarbageCollector =
            noClasses().should().callMethod(Arena.class, "ofAuto");

    @ArchTest
    static final ArchRule shouldTakeRawAddressesOnlyNextToNatives = noClasses()
            .that()
            .resideOutsideOfPackages("io.stagecraft.model.backend.cpu..", TRANSPORT)
            .should()
            .callMethod(MemorySegment.class, "address");

    @ArchTest
    static final ArchRule shouldNeverDeserializeJavaObjects =
            noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.io.ObjectInputStream");

    @ArchTest
    static final ArchRule shouldHaveNoOptionalFields =
            noFields().should().haveRawType(Optional.class).because("absence is another subtype or an empty list");

    @ArchTest
    static final ArchRule shouldHaveNoMutableStatics =
            fields().that().areStatic().should(beFinal()).allowEmptyShould(true);

    @ArchTest
    static final ArchRule shouldNameThingsByWhatTheyAre = noClasses()
            .should()
            .haveSimpleNameEndingWith("Impl")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Utils");

    @ArchTest
    static final ArchRule shouldTakeAtMostSixParametersAndNoBoolean = methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAPackage("io.stagecraft..")
            .should(beEasyToCall());

    @ArchTest
    static final ArchRule shouldNotPrintFromPlainObjects = noClasses()
            .that(resideInAnyPackage(TRANSPORT, MODEL, STAGES))
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule shouldKeepActorsInTheActorsModule = classes()
            .that()
            .areAssignableTo(akka.actor.typed.javadsl.AbstractOnMessageBehavior.class)
            .should()
            .resideInAPackage(ACTORS);

    private static ArchCondition<JavaField> beFinal() {
        return new ArchCondition<>("be final") {
            @Override
            public void check(JavaField field, ConditionEvents events) {
                if (!field.getModifiers().contains(JavaModifier.FINAL)
                        && !field.getModifiers().contains(JavaModifier.SYNTHETIC)) {
                    events.add(SimpleConditionEvent.violated(field, field.getFullName() + " is a mutable static"));
                }
            }
        };
    }

    private static ArchCondition<JavaMethod> beEasyToCall() {
        return new ArchCondition<>("take at most six parameters and no boolean") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                boolean generated = method.getModifiers().contains(JavaModifier.SYNTHETIC)
                        || method.getModifiers().contains(JavaModifier.BRIDGE)
                        || method.getName().equals("equals");
                if (generated) {
                    return;
                }
                if (method.getRawParameterTypes().size() > 6) {
                    events.add(
                            SimpleConditionEvent.violated(method, method.getFullName() + " takes too many parameters"));
                }
                if (method.getRawParameterTypes().stream().anyMatch(type -> type.isEquivalentTo(boolean.class))) {
                    events.add(SimpleConditionEvent.violated(method, method.getFullName() + " takes a boolean"));
                }
            }
        };
    }
}
