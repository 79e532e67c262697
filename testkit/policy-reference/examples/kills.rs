use claviger_policy_reference::{Rule, Tally, generate};
fn main(){ let t: Vec<_>=(0..10000).map(|s|{let t=generate(s);let e=t.engine();(t,e)}).collect(); let n=Tally::default();
 let tally=Tally::default(); for (t,_) in &t {let _=t.reference(&tally,None);}
 for r in Rule::ALL { let k=t.iter().filter(|(t,e)| t.reference(&n,Some(*r))!=*e).count(); println!("{r:?} {k} {:?}", tally.of(*r)); } }
